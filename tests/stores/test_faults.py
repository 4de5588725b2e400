"""Something happens to Redis under load: a request fails with 503 or is done, nobody sees another's session, loses his
own, or gets one back that had ended, and soon all is well again."""

import pytest

from harness.crowd import Crowd
from harness.store_faults import FAULTS, strike

BUSY = 5  # times as slow as a quiet machine may this one be


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_fault(serve, gate, fault):
    servers = serve(fault.make)
    with Crowd(gate(servers, workers=2)) as crowd:
        crowd.settle(0)
        took = strike(fault, servers, crowd)
        assert took < BUSY * fault.limit_s
