"""Visitors of the pages without a browser: they speak Streamlit's protocol over its websocket, as its script does."""

import http.client
import secrets
import time
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

BOUNDARY = "huestory-visitor"
SECONDS = 120
"""How long a visitor waits for a page at most."""


class Visitor:
    """One visitor in one tab.

    Args:
        address: of the server, such as http://127.0.0.1:8501.
        cookie: that the browser has already, such as of a person who has signed in: NAME=VALUE.
    """

    def __init__(self, address: str, cookie: str = ""):
        self._host = urlsplit(address).netloc
        self._token = self._fetch_token()
        origin = {"Cookie": "; ".join(filter(None, (f"_streamlit_xsrf={self._token}", cookie)))}
        protocols = ["streamlit", self._token]
        self._socket = connect(
            f"ws://{self._host}/_stcore/stream",
            subprotocols=protocols,
            additional_headers=origin,
            max_size=None,
            legacy=True,
        )
        self._page, self._query, self.session, self._widgets = "", "", "", {}
        self.uploader: str | None = None
        """Id of the page's first file uploader."""
        self.seen = b""
        """All that the page has sent since it was last asked for something."""

    def open(self, page: str = "", query: str = "") -> float:
        """Open a page and wait until all of it has arrived; returns the seconds that it took."""
        began = time.perf_counter()
        self._page, self._query, self.uploader = page, query, None
        self._run()
        self._receive(until_finished=True)
        return time.perf_counter() - began

    def upload(self, name: str, data: bytes) -> int:
        """Send a file to the page's uploader; returns the HTTP status. `show` lets the page take it."""
        request = BackMsg()
        request.file_urls_request.request_id = secrets.token_hex(4)
        request.file_urls_request.file_names.append(name)
        request.file_urls_request.session_id = self.session
        self._socket.send(request.SerializeToString())
        [urls] = self._receive(until_finished=False).file_urls_response.file_urls
        status = self.put(urls.upload_url, name, data)
        if status == 204:
            state = self._widgets.setdefault(self.uploader, [])
            state.append((urls, name, len(data)))
        return status

    def put(self, path: str, name: str, data: bytes) -> int:
        """Send a file to an address of the upload route; returns the HTTP status."""
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode()
        headers = {
            "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
            "X-Xsrftoken": self._token,
            "Cookie": f"_streamlit_xsrf={self._token}",
        }
        connection = http.client.HTTPConnection(self._host, timeout=SECONDS)
        try:
            path = "/" + path.lstrip("/")
            connection.request("PUT", path, head + data + f"\r\n--{BOUNDARY}--\r\n".encode(), headers)
            return connection.getresponse().status
        finally:
            connection.close()

    def show(self) -> float:
        """Let the page take what was uploaded and wait until it has done its work; returns seconds."""
        began = time.perf_counter()
        self._run()
        self._receive(until_finished=True)
        return time.perf_counter() - began

    def leave(self) -> None:
        self._socket.close()

    def _run(self) -> None:
        request = BackMsg()
        request.rerun_script.page_name, request.rerun_script.query_string = self._page, self._query
        for widget, files in self._widgets.items():
            state = request.rerun_script.widget_states.widgets.add()
            state.id = widget
            for urls, name, size in files:
                info = state.file_uploader_state_value.uploaded_file_info.add()
                info.file_id, info.name, info.size = urls.file_id, name, size
                info.file_urls.CopyFrom(urls)
        self._socket.send(request.SerializeToString())

    def _receive(self, until_finished: bool) -> ForwardMsg:
        """Receive messages until the page's run has ended, or until the answer to a request for addresses."""
        self.seen = b""
        while True:
            received = self._socket.recv(timeout=SECONDS)
            self.seen += received
            message = ForwardMsg.FromString(received)
            kind = message.WhichOneof("type")
            if kind == "new_session":
                self.session = message.new_session.initialize.session_id or self.session
            elif kind == "delta":
                element = message.delta.new_element
                if element.WhichOneof("type") == "file_uploader" and self.uploader is None:
                    self.uploader = element.file_uploader.id
            elif kind == ("script_finished" if until_finished else "file_urls_response") and not _runs_again(message):
                return message

    def _fetch_token(self) -> str:
        connection = http.client.HTTPConnection(self._host, timeout=SECONDS)
        connection.request("GET", "/_stcore/health")
        reply = connection.getresponse()
        reply.read()
        connection.close()
        return reply.getheader("set-cookie").split("_streamlit_xsrf=")[1].split(";")[0]


def _runs_again(message: ForwardMsg) -> bool:
    """Whether a page's run ended only to begin anew: `st.rerun`."""
    return message.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN
