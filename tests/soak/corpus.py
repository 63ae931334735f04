"""What hostile requests are made of: pieces that servers have stumbled over, found by others and by us.

Bytes only; `exchanges` puts them together.
"""

from __future__ import annotations

API = b"/api/v1/"
ENDPOINTS = (
    b"import.status", b"import.new", b"import.addUsers", b"import.run", b"import.clear", b"importers.list",
    b"getImportProgress", b"getCurrentImportOperation", b"getLatestImportOperations", b"getImportFileData",
    b"startImport", b"uploadImportFile", b"uploadImportFile", b"downloadPublicImportFile",
    b"downloadPendingFiles", b"downloadPendingAvatars", b"login", b"me",
)  # fmt: skip
STEERED = (b"health", b"reset", b"clock", b"faults", b"journal", b"scenario", b"journal/", b"nothing", b"")

#: Targets that a parser or a router may misread.
TARGETS = (
    b"/", b"//", b"/..", b"/%00", b"/%", b"/%zz", b"/%c0%ae", b"/..%2f..%2fetc/passwd", b"*", b"/api/v1",
    b"/api/v1/", b"/api/v1//import.status", b"/api/v1/import.status/", b"/api/v1/import.status?",
    b"/api/v1/import.status?a=b#c", b"/API/V1/IMPORT.STATUS", b"/api/v1/import%2estatus", b"/api/v1/import.",
    b"http://127.0.0.1/api/v1/import.status", b"http://evil.example/api/v1/import.status", b"http://",
    b"http://[::1/api", b"http://a:b@127.0.0.1:99999/", b"/api/v1/\xf0\x9f\x91\xbd", b"/api/v1/\xff\xfe",
    b"/_simimport", b"/_simimport/../api/v1/import.status", b"/_simimport/health/", b"/_simimport//health",
    b"/" + b"a" * 9000, b"/" + b"%41" * 3000, b"/?" + b"&" * 9000, b"/" + b"/" * 9000, b"/;a=b", b"/\\..\\",
    b"/_simimport/journal?last=00000000099999999999999999999", b"/_simimport/journal?last=-1",
    b"/_simimport/journal?last=1e9", b"/_simimport/journal?last=%D9%A3", b"/_simimport/journal?last=0x10",
    b"/_simimport/journal?last=1&last=2", b"/_simimport/journal?" + b"x" * 5000, b"/_simimport/journal?last=",
    b"/_simimport/journal?last=" + b"9" * 5000, b"/_simimport/journal?last=%00",
    b"/_simimport/journal?last=1_0",
)  # fmt: skip
METHODS = (
    b"GET", b"GET", b"GET", b"POST", b"POST", b"POST", b"POST", b"PUT", b"HEAD", b"OPTIONS", b"DELETE",
    b"PATCH", b"TRACE", b"PROPFIND", b"MKCOL", b"SOURCE", b"LINK",
)  # fmt: skip
#: What asks for more than its status; all else is GET.
RIGHT_METHODS = {
    **dict.fromkeys((
        b"import.new", b"import.addUsers", b"import.run", b"import.clear", b"startImport", b"login",
        b"uploadImportFile", b"downloadPublicImportFile", b"downloadPendingFiles", b"downloadPendingAvatars",
    ), b"POST"),
    b"reset": b"POST", b"clock": b"POST", b"faults": b"PUT",
}  # fmt: skip
HOSTS = (
    b"127.0.0.1", b"127.0.0.1", b"127.0.0.1", b"localhost", b"localhost:80", b"[::1]", b"evil.example", b"",
    b"127.0.0.1.evil.example", b"localhost.evil.example", b"127.1", b"2130706433", b"0x7f000001", b"[::1",
    b"127.0.0.1:99999", b"127.0.0.1:x", b"a" * 300, b"\xff", b"localhost\t", b"user@localhost", b"0.0.0.0",
    b"[::ffff:127.0.0.1]", b"LOCALHOST.", b"..localhost", b"[fe80::1%25lo]", b"localhost, evil.example",
)  # fmt: skip
#: Whole header lines that may stand in any head and leave its framing alone.
HEADERS = (
    b"Expect: 100-continue", b"Expect: 200-ok", b"Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings",
    b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: eA==",
    b"HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA", b"Connection: Upgrade", b"Upgrade: TLS/1.0, HTTP/2.0",
    b"Content-Encoding: gzip", b"Content-Encoding: gzip, gzip, br", b"Accept-Encoding: " + b"gzip," * 500,
    b"Range: bytes=0-", b"Range: bytes=" + b"0-1," * 900, b"X-Forwarded-For: 10.0.0.1", b"Forwarded: for=_x",
    b"X-Forwarded-Host: evil.example", b"Origin: null", b"Origin: http://evil.example",
    b"Cookie: " + b"a=b; " * 800, b"X-HTTP-Method-Override: DELETE", b"If-None-Match: *",
    b"If-Modified-Since: Thu, 99 Foo 99999 99:99:99 XST", b"Accept: " + b"*/*;q=0.1," * 300,
    b"X: " + b"y" * 9000, b"X: \xff\xfe\x80", b"X:", b"X:  \t ", b"TE: trailers", b"Trailer: Content-Length",
    b"Keep-Alive: timeout=999999999999999999999", b"Via: 1.1 a", b"Max-Forwards: -1",
    b"Access-Control-Request-Method: DELETE", b"Date: \xe2\x80\xae", b"Authorization: Basic //8=",
    b"X-Auth-Token: " + b"t" * 5000, b"X-User-Id: \xff", b"X-Auth-Token: all", b"Content-Type: text/plain",
    b"Proxy-Connection: keep-alive", b"\r\n".join(b"H%d: v" % n for n in range(90)),
    b"\r\n".join(b"A: b" for _ in range(150)), b"Content-Type: application/json; charset=utf-16",
    b"Content-Type: application/x-www-form-urlencoded",
    b"Content-Type: multipart/form-data; boundary=" + b"-" * 99,
)  # fmt: skip
#: Header lines that break a head, or make its body's length doubtful.
BROKEN_HEADERS = (
    b"Content-Length: -1", b"Content-Length: +1", b"Content-Length: 0x5", b"Content-Length: 1_0",
    b"Content-Length: 1\r\nContent-Length: 2", b"Content-Length: 5, 5", b"Content-Length: " + b"9" * 400,
    b"Content-Length: 18446744073709551616", b"Content-Length: 17000000", b"Content-Length: \xd9\xa3",
    b"Content-Length:", b"Content-Length: 5\r\nTransfer-Encoding: chunked", b"Transfer-Encoding: xchunked",
    b"Transfer-Encoding : chunked", b"Transfer-Encoding: \x0bchunked",
    b"Transfer-Encoding: chunked, identity", b"Transfer-Encoding: gzip, chunked",
    b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", b"Transfer-Encoding:\n chunked",
    b" X: folded", b"X: a\r\n folded", b"X: a\nY: b", b"X\x00: y", b"X: a\x00b", b"no colon", b": nameless",
    b"X y: z", b"X: a\rY: b", b"\xff: x", b"(x): y", b"Host: a\r\nHost: b",
    b"\r\n".join(b"N%d: %s" % (n, b"v" * 900) for n in range(80)), b"X: " + b"y" * 70_000,
    b"\r\n".join(b"a:b" for _ in range(20_000)),
)  # fmt: skip
#: What may stand where a request begins.
FIRST_LINES = (
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"GET /\r\n", b"GET / HTTP/0.9\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n",
    b"GET / HTTP/1.1 x\r\n\r\n", b"GET  / HTTP/1.1\r\n\r\n", b"get / HTTP/1.1\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01", b"\x00" * 64, b"\xff" * 64, b"\r\n" * 500, b"\n\n\n",
    b"HTTP/1.1 200 OK\r\n\r\n", b"CONNECT a:1 HTTP/1.1\r\n\r\n", b"SSH-2.0-x\r\n", b"GET / ICE/1.0\r\n\r\n",
    b"GET / RTSP/1.0\r\n\r\n", b"G", b"GET", b"GET /", b"GET / HTTP/1.", b"A" * 70_000,
    b"GET /" + b"a" * 70_000, b"M-SEARCH * HTTP/1.1\r\n\r\n", b"\xef\xbb\xbfGET / HTTP/1.1\r\n\r\n",
    b"GET\t/\tHTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\n\n", b"GET / HTTP/1.1\r\r\n\n", b"QUIT\r\n",
)  # fmt: skip
#: Lines with a chunk's size that are none, or that some have read as one.
CHUNK_SIZES = (
    b"0_0", b"\r0", b"0x1", b"+1", b"-1", b"1_0", b"", b" 1", b"1 ", b"f" * 16, b"1" + b"0" * 15, b"g",
    b"1\n", b"1;", b"\xd9\xa3", b"1;a\nb", b"1;\rx", b"1;" + b"a" * 70_000, b"0" * 70_000, b"1;a=\"\\",
    b"00000001;x=\"\r\n\"",
)  # fmt: skip
EXTENSIONS = (b"", b"", b"", b";a", b";a=b", b';a="b c"', b";" + b"e" * 900, b";a" * 30)
TRAILERS = (b"", b"", b"", b"X: y\r\n", b"Content-Length: 5\r\n", b"a:b\r\n" * 40, b"Host: evil.example\r\n")
#: Trailers that end in nothing good.
BROKEN_TRAILERS = (
    b"a:b\r\n" * 30_000, b"no colon\r\n", b"X\x00: y\r\n", b"X: " + b"y" * 70_000 + b"\r\n", b" x\r\n",
)  # fmt: skip

#: Texts of JSON that may stand for a value.
VALUES = (
    b"null", b"true", b"false", b"0", b"-0", b"1", b"-1", b"1e999", b"-1e999", b"1e-999", b"1e400000", b"0.1",
    b"9" * 400, b"9" * 5000, b"-" + b"9" * 309, b"1" + b"0" * 308, b"9007199254740993",
    b"18446744073709551616", b"1000000000", b"1000000001", b"3.0000000000000000000001", b"NaN", b"Infinity",
    b"-Infinity", b"0x10", b"01", b"1.", b".5", b"+1", b"1e", b'""', b'"a"', b'"\\ud800"',
    b'"\\udfff\\ud800"', b'"\\u0000"', b'"\\u202e\\u0007"', b'"\xff\xfe"', b'"\xed\xa0\x80"', b'"\x00"',
    b'"\x1b[2J"', b'"\n"', b'"\\x41"', b'"<script>alert(1)</script>"', b'"' + b"a" * 5000 + b'"',
    b'"' + b"\\u0041" * 900 + b'"', b"[]", b"{}", b"[[]]", b"[" * 900 + b"]" * 900, b"[" * 30_000,
    b'{"a":' * 900 + b"1" + b"}" * 900, b'{"a":' * 30_000, b'{"":1}', b'{"a":1,"a":2}',
    b'{"__proto__":{"x":1}}', b"[1,]", b"{,}", b"{'a':1}", b"[1 2]", b'"unended', b"tru", b"", b" ",
    b"\xef\xbb\xbf1", b"// no\n1", b"/**/", b"\x00", b"[" + b"0," * 900 + b"0]",
    b'"2016-09-13T14:57:56.037Z"', b'"now"', b'"done"', b'"csv"', b'"slack"', b'"slack-users"', b'"api"',
    b'"http://127.0.0.1/a"', b'"https://[::1]:99999/"', b'"/etc/passwd"', b'"https://' + b"a." * 900 + b'"',
    # files: people, an empty zip, the beginning of one, and what leads out of one
    b'"YW5uLGFubkBleGFtcGxlLmNvbSxBbm4="', b'"UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA=="', b'"UEsDBA=="', b'"!"',
    b'"W3siaWQiOiJVMSIsIm5hbWUiOiJhbm4iLCJwcm9maWxlIjp7fX1d"', b'"' + b"QUFB" * 3000 + b'"',
)  # fmt: skip
#: Keys that mean something somewhere, and some that mean nothing.
KEYS = (
    b"users", b"emails", b"importIds", b"username", b"name", b"roles", b"type", b"utcOffset", b"bio",
    b"deleted", b"user", b"password", b"scenario", b"preset", b"faults", b"advance_s", b"jump_s",
    b"run_until", b"kind", b"at_poll", b"every", b"at_s", b"seconds", b"batch_size", b"failure_rate",
    b"failure_clustering", b"epoch", b"users_per_s", b"latency_cv", b"slowdown", b"stall_rate", b"stall_at",
    b"stall_s", b"importer", b"new_s", b"loading_s", b"ready_s", b"locale", b"cancel_rate", b"cancel_at",
    b"crash_rate", b"crash_at", b"binaryContent", b"contentType", b"fileName", b"importerKey", b"fileUrl",
    b"input", b"all", b"list", b"resume", b"digest", b"algorithm", b"email", b"", b"a",
    b"\\ud800", b"k" * 3000, b"__class__", b"usres", b"kind ", b"\\u0000",
)  # fmt: skip
