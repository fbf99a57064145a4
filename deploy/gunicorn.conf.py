"""How gunicorn serves families and staff: one process for each, so that viewers cannot starve an upload.

`storyshelf serve` starts both with it; where each listens is a setting. See `app/cli/servers.py`.
"""

from __future__ import annotations

import resource

workers = 1  # rate limits are counted in this one process
worker_class = "app.delivery.SendingWorker"  # gthread, whose loop sends the files
worker_connections = 4000  # most open connections; also those that wait for a next request
keepalive = 5  # seconds: a player asks again and again
backlog = 2048
timeout = 120
graceful_timeout = 5
logger_class = "app.wsgi.QuietLogger"  # no address and no path in any log
loglevel = "warning"
accesslog = None
capture_output = False
control_socket_disable = True  # nobody steers it from beside
limit_request_line = 4094
limit_request_fields = 50

_FILES = 16384
"""A viewer takes two: the connection and the film."""

_soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
if _soft < _FILES:
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(_FILES, _hard) if _hard >= 0 else _FILES, _hard))
