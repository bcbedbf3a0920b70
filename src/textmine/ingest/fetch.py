"""Fetch one address. The only place that opens the network, and only when a URL was given."""

from __future__ import annotations

import time
from dataclasses import dataclass

import httpx

from textmine import config
from textmine.errors import SourceError, TransientSourceError

#: These may pass: time-outs, throttling, server trouble.
_TRANSIENT = {408, 425, 429, 500, 502, 503, 504}


@dataclass(frozen=True, slots=True)
class Page:
    """What an address answered."""

    url: str
    content: bytes
    media_type: str
    encoding: str | None


def new_client(transport: httpx.BaseTransport | None = None) -> httpx.Client:
    """Return the HTTP client of a run; tests pass a ``transport``."""
    return httpx.Client(
        transport=transport,
        follow_redirects=True,
        timeout=config.FETCH_TIMEOUT_SECONDS,
        headers={"User-Agent": "textmine (news reader; one request a page)"},
    )


def fetch(url: str, client: httpx.Client) -> Page:
    """Fetch ``url``.

    Raises TransientSourceError where a later try may succeed, else SourceError.
    """
    try:
        with client.stream("GET", url) as response:
            if response.status_code in _TRANSIENT:
                raise TransientSourceError(
                    f"{url} answered {response.status_code} {response.reason_phrase}: try later"
                )
            if response.status_code >= 400:
                raise SourceError(
                    f"{url} answered {response.status_code} {response.reason_phrase}: "
                    "check the address, or save the page and give the file"
                )
            chunks, size = [], 0
            deadline = time.monotonic() + 4 * config.FETCH_TIMEOUT_SECONDS
            for chunk in response.iter_bytes():
                size += len(chunk)
                if size > config.MAX_DOWNLOAD_BYTES:
                    raise SourceError(
                        f"{url} is larger than {config.MAX_DOWNLOAD_BYTES // 1_000_000} MB: "
                        "no article is; download it and give the file"
                    )
                if time.monotonic() > deadline:
                    raise TransientSourceError(f"{url} sends too slowly: try later")
                chunks.append(chunk)
            return Page(
                str(response.url),
                b"".join(chunks),
                response.headers.get("content-type", "").split(";")[0].strip().lower(),
                response.charset_encoding,
            )
    except (httpx.TimeoutException, httpx.NetworkError, httpx.RemoteProtocolError) as error:
        raise TransientSourceError(
            f"{url} cannot be reached ({error or type(error).__name__}): "
            "check the address and the connection"
        ) from error
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise SourceError(f"{url} cannot be fetched ({error}): check the address") from error
