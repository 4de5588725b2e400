"""Something happens to Redis under load: a request fails with 503 or is done, nobody sees another's session, loses his
own, or gets one back that had ended, and soon all is well again. Where Redis may have lost something one event says so."""

import pytest

from harness.crowd import Crowd
from harness.process import wait_until
from harness.store_faults import FAULTS, strike

BUSY = 5  # times as slow as a quiet machine may this one be


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_fault(serve, gate, fault):
    servers = serve(fault.make)
    gateway = gate(servers, workers=2)
    with Crowd(gateway) as crowd:
        crowd.settle(0)
        took = strike(fault, servers, crowd)
        assert took < BUSY * fault.limit_s
    # a failover by hand may begin only now
    wait_until(lambda: _losses(gateway) >= fault.losses, what="the event")
    assert _losses(gateway) == fault.losses


def _losses(gateway):
    return gateway.log.count("store.data_lost")
