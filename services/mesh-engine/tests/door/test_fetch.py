"""Getting pictures from wherever a user says, and from nowhere else."""

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from mesh_engine.door.addresses import is_allowed
from mesh_engine.door.config import read_config
from mesh_engine.door.errors import EngineError
from mesh_engine.door.fetch import MAX_BYTES, Fetcher
from tests.door.conftest import LOOPBACK, SMALL, Host, bomb, png

ALLOWED = read_config({"IMAGE_FETCH_ALLOW": LOOPBACK}).image_fetch_allow

# Ways to say "this machine", "this network" or "no picture at all"; {p} is a port where a picture would be given.
FORMS = [
    "http://127.0.0.1:{p}/a.png",
    "http://127.0.0.2:{p}/a.png",
    "http://127.1:{p}/a.png",
    "http://127.0.1:{p}/a.png",
    "http://2130706433:{p}/a.png",
    "http://0x7f000001:{p}/a.png",
    "http://0x7f.0x0.0x0.0x1:{p}/a.png",
    "http://0177.0.0.1:{p}/a.png",
    "http://017700000001:{p}/a.png",
    "http://0:{p}/a.png",
    "http://0.0.0.0:{p}/a.png",
    "http://[::1]:{p}/a.png",
    "http://[::]:{p}/a.png",
    "http://[0:0:0:0:0:0:0:1]:{p}/a.png",
    "http://[::ffff:127.0.0.1]:{p}/a.png",
    "http://[::ffff:7f00:1]:{p}/a.png",
    "http://[::127.0.0.1]:{p}/a.png",
    "http://[64:ff9b::7f00:1]:{p}/a.png",
    "http://[2002:7f00:1::]:{p}/a.png",
    "http://[fe80::1]:{p}/a.png",
    "http://[fc00::1]:{p}/a.png",
    "http://[ff02::1]:{p}/a.png",
    "http://localhost:{p}/a.png",
    "http://LOCALHOST:{p}/a.png",
    "http://{host}:{p}/a.png",
    "http://10.0.0.1:{p}/a.png",
    "http://172.16.0.1:{p}/a.png",
    "http://192.168.0.1:{p}/a.png",
    "http://169.254.169.254/latest/meta-data",
    "http://100.64.0.1:{p}/a.png",
    "http://198.18.0.1:{p}/a.png",
    "http://224.0.0.1:{p}/a.png",
    "http://255.255.255.255:{p}/a.png",
    "http://user@127.0.0.1:{p}/a.png",
    "http://example.com@127.0.0.1:{p}/a.png",
    "http://user:secret@127.0.0.1:{p}/a.png",
    "http://127.0.0.1:{p}\\@example.com/a.png",
    "http://127.0.0.1:{p}#@example.com/a.png",
    "http://\u2460\u2461\u2466.0.0.1:{p}/a.png",
    "http://%31%32%37.0.0.1:{p}/a.png",
    "http:// 127.0.0.1:{p}/a.png",
    "http://127.0.0.1:{p}/a\r\nX-Header: b",
    "http:///a.png",
    "http://127.0.0.1:99999/a.png",
    "file:///etc/passwd",
    "ftp://127.0.0.1/a.png",
    "gopher://127.0.0.1:{p}/_GET",
    "data:image/png;base64,iVBORw0KGgo=",
    "unix:///var/run/docker.sock",
    "//127.0.0.1:{p}/a.png",
    "127.0.0.1:{p}/a.png",
    "",
]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "image"


@pytest.mark.parametrize("form", FORMS)
async def test_no_form_of_an_address_leads_inside(host: Host, place: Path, form: str) -> None:
    url = form.replace("{p}", str(host.port)).replace("{host}", socket.gethostname())

    with pytest.raises(EngineError) as refused:
        await Fetcher((), "").fetch(url, place)

    assert (refused.value.word, refused.value.permanent) == ("URL_BLOCKED", True)
    assert host.requests == []


@pytest.mark.parametrize(
    "target", ["http://[::ffff:10.0.0.1]:1/", "http://10.0.0.1/", "file:///etc/passwd", "http://u@127.0.0.1/"]
)
async def test_no_redirect_leads_inside(host: Host, place: Path, target: str) -> None:
    async def elsewhere(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=302, headers={"Location": target})

    host.answer = elsewhere

    with pytest.raises(EngineError) as refused:
        await Fetcher(ALLOWED, "").fetch(host.url, place)

    assert refused.value.word == "URL_BLOCKED"
    assert len(host.requests) == 1


@pytest.mark.parametrize(
    ("address", "answer"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1:248:1893:25c8:1946", True),
        ("::ffff:93.184.216.34", True),
        ("64:ff9b::5db8:d822", True),
        ("127.0.0.1", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::a00:1", False),
        ("2002:a00:1::", False),
        ("fe80::1%eth0", False),
        ("240.0.0.1", False),
        ("192.0.2.1", False),
    ],
)
def test_public_addresses_are_allowed_and_others_not(address: str, answer: bool) -> None:
    assert is_allowed(address, ()) is answer


def test_a_listed_network_is_allowed_in_every_writing() -> None:
    listed = read_config({"IMAGE_FETCH_ALLOW": "10.1.0.0/16, fd00::/8"}).image_fetch_allow

    assert [is_allowed(one, listed) for one in ("10.1.2.3", "::ffff:10.1.2.3", "fd00::1", "10.2.0.1")] == [
        True,
        True,
        True,
        False,
    ]


async def test_a_picture_comes_whole_and_with_its_digest(host: Host, place: Path) -> None:
    fetched = await Fetcher(ALLOWED, "").fetch(f"{host.url}/a.png?signed=1%2F2", place)

    assert place.read_bytes() == SMALL
    assert len(fetched.sha256) == 64
    [request] = host.requests
    assert request.raw_path == "/a.png?signed=1%2F2"
    assert request.headers["Accept-Encoding"] == "identity"


async def test_three_redirects_are_followed_and_four_not(host: Host, place: Path) -> None:
    async def fewer(request: web.Request) -> web.StreamResponse:
        left = int(request.path.strip("/"))
        return web.Response(status=307, headers={"Location": f"/{left - 1}"}) if left else web.Response(body=SMALL)

    host.answer = fewer
    fetcher = Fetcher(ALLOWED, "")

    await fetcher.fetch(f"{host.url}/3", place)
    with pytest.raises(EngineError, match="more than 3 times"):
        await fetcher.fetch(f"{host.url}/4", place)


async def test_the_clusters_own_pictures_are_fetched_wherever_they_are_and_lead_nowhere(
    host: Host, place: Path
) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        return (
            web.Response(status=302, headers={"Location": "/a.png"})
            if request.path == "/b"
            else web.Response(body=SMALL)
        )

    host.answer = answer
    fetcher = Fetcher((), f"{host.url}/")

    await fetcher.fetch(f"{host.url}/a.png", place)
    with pytest.raises(EngineError, match="leads elsewhere") as led:
        await fetcher.fetch(f"{host.url}/b", place)
    for other in (f"http://localhost:{host.port}/", f"https://127.0.0.1:{host.port}/", "http://127.0.0.1:1/"):
        with pytest.raises(EngineError) as refused:
            await fetcher.fetch(other, place)
        assert refused.value.word == "URL_BLOCKED"

    assert led.value.word == "URL_BLOCKED"
    assert place.read_bytes() == SMALL


@pytest.mark.parametrize(
    ("status", "word", "wait_ms"),
    [
        (401, "IMAGE_NOT_AVAILABLE", 0),
        (403, "IMAGE_NOT_AVAILABLE", 0),
        (404, "IMAGE_NOT_AVAILABLE", 0),
        (410, "IMAGE_NOT_AVAILABLE", 0),
        (204, "IMAGE_NOT_AVAILABLE", 0),
        (408, "IMAGE_FETCH", 7_000),
        (429, "IMAGE_FETCH", 7_000),
        (500, "IMAGE_FETCH", 7_000),
        (503, "IMAGE_FETCH", 7_000),
    ],
)
async def test_what_the_host_answers_decides_whether_trying_again_helps(
    host: Host, place: Path, status: int, word: str, wait_ms: int
) -> None:
    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=status, headers={"Retry-After": "7"})

    host.answer = answer

    with pytest.raises(EngineError) as refused:
        await Fetcher(ALLOWED, "").fetch(host.url, place)

    assert (refused.value.word, refused.value.wait_ms) == (word, wait_ms)


async def test_bytes_are_judged_by_themselves_and_counted_while_they_come(host: Host, place: Path) -> None:
    answers = {
        "/text": (b"<html>no picture</html>", "IMAGE_UNSUPPORTED"),
        "/short": (b"\x89PNG", "IMAGE_UNSUPPORTED"),
        "/nothing": (b"", "IMAGE_UNSUPPORTED"),
        "/long": (SMALL + bytes(MAX_BYTES), "IMAGE_TOO_LARGE"),
        "/endless": (None, "IMAGE_TOO_LARGE"),
    }

    async def answer(request: web.Request) -> web.StreamResponse:
        body = answers[request.path][0]
        if body is not None:
            return web.Response(body=body, content_type="image/png")
        stream = web.StreamResponse()
        await stream.prepare(request)
        await stream.write(SMALL)
        while True:
            await stream.write(bytes(2**20))

    host.answer = answer

    for path, (_, word) in answers.items():
        with pytest.raises(EngineError) as refused:
            await Fetcher(ALLOWED, "").fetch(f"{host.url}{path}", place)
        assert refused.value.word == word


async def test_a_body_that_is_cut_off_a_slow_host_and_a_closed_port_may_pass(raw_host: int, place: Path) -> None:
    for address in (f"127.0.0.1:{raw_host}/cut", f"127.0.0.1:{raw_host}/silent", "127.0.0.1:1/"):
        with pytest.raises(EngineError) as refused:
            await Fetcher(ALLOWED, "", timeout_s=0.5).fetch(f"http://{address}", place)
        assert (refused.value.word, refused.value.permanent) == ("IMAGE_FETCH", False)


async def test_a_picture_by_url_is_made_into_a_mesh_or_says_why_not(host: Host, tmp_path: Path) -> None:
    from mesh_engine.generated import mesh_pb2
    from tests.door.conftest import engine_under_test, wish

    pictures = {"/good": png(seed=3), "/bomb": bomb(), "/cut": SMALL[:200]}

    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(body=pictures[request.path]) if request.path in pictures else web.Response(status=404)

    host.answer = answer
    async with engine_under_test(tmp_path) as engine:
        made = [await engine.make(wish(image_url=host.url + path)) for path in (*pictures, "/gone")]

    assert [job.failure.code for job in made] == ["", "IMAGE_TOO_LARGE", "IMAGE_CORRUPT", "IMAGE_NOT_AVAILABLE"]
    assert made[0].state == mesh_pb2.STATE_COMPLETED


@pytest.fixture
async def raw_host() -> AsyncIterator[int]:
    """A port that promises more than it sends, or says nothing at all."""

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await reader.readuntil(b"\r\n\r\n")
        if b"/silent" not in request:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + SMALL[:100])
            await writer.drain()
            writer.close()

    server = await asyncio.start_server(speak, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()
