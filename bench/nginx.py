"""nginx with one worker, in front of whatever speaks FastCGI."""

import os

from harness.address import free_port
from harness.process import Process, wait_until

from . import cpu

CONF = """
daemon off; worker_processes 1; pid {dir}/nginx.pid; error_log stderr warn;
{user}
events {{ worker_connections 1024; }}
http {{
	client_body_temp_path {dir}/t1; fastcgi_temp_path {dir}/t2; proxy_temp_path {dir}/t3; uwsgi_temp_path {dir}/t4; scgi_temp_path {dir}/t5;
	include /etc/nginx/fastcgi_params;
	fastcgi_keep_conn on;
	{settings}
	{hops}
}}
"""

HOP = """
	upstream {name} {{ server {address}; keepalive 64; }}
	server {{ listen 127.0.0.1:{port}; access_log {log}; location / {{ fastcgi_pass {name}; }} }}
"""


class Nginx:
    """hops: {name: address}; ports then has one for each. settings are nginx's own; visits are logged for the hops in
    logged."""

    def __init__(self, directory, hops, settings="", logged=()):
        self.ports = {name: free_port() for name in hops}
        logs = {name: os.path.join(directory, f"{name}.visits") if name in logged else "off" for name in hops}
        lines = "".join(
            HOP.format(name=name, address=hops[name], port=port, log=logs[name]) for name, port in self.ports.items()
        )
        user = "user root root;" if os.geteuid() == 0 else ""
        conf = os.path.join(directory, "nginx.conf")
        with open(conf, "w") as out:
            out.write(CONF.format(dir=directory, user=user, settings=settings, hops=lines))
        argv = ["/usr/sbin/nginx", "-c", conf, "-p", directory, "-e", "stderr"]
        self.process = Process("nginx", argv, directory)
        try:
            for port in self.ports.values():
                self.process.until_it_listens(f"127.0.0.1:{port}")
            (self.worker,) = wait_until(lambda: cpu.children(self.process.pid), what="nginx's worker")
        except BaseException:
            self.stop()
            raise

    def stop(self):
        self.process.stop()
