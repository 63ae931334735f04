"""A well-behaved client, in a process of its own: it polls until its input ends, and tells how it went."""

from __future__ import annotations

import http.client
import json
import select
import sys
from time import perf_counter

import numpy as np


def main(port: int, every_s: float) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"X-User-Id": "admin", "X-Auth-Token": "all"}
    print(json.dumps({"polls": "begin"}), flush=True)
    took_s = []
    while not select.select([sys.stdin], [], [], every_s)[0]:
        begin = perf_counter()
        connection.request("GET", "/api/v1/import.status", headers=headers)
        answer = connection.getresponse()
        body = json.loads(answer.read())
        took_s.append(perf_counter() - begin)
        assert answer.status == 200, (answer.status, body)
        assert body["success"] is True, body
    p99, worst = np.quantile(took_s, [0.99, 1.0])
    print(json.dumps({"polls": len(took_s), "p99_s": float(p99), "max_s": float(worst)}))


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
