// Ends the session in this browser: the server removes the cookie, and the page begins anew without a trace of it.

export default function ({ data, parentElement }) {
  const button = parentElement.querySelector("button");
  const note = parentElement.querySelector("p");
  button.textContent = data.label;
  button.onclick = async () => {
    button.disabled = true;
    const page = location.pathname.replace(/[^/]*$/, "");
    const address = `${page}study-session/${encodeURIComponent(data.study)}/leave`;
    const options = { method: "POST", body: "{}", headers: { "Content-Type": "application/json" } };
    const reply = await fetch(address, options).catch(() => null);
    if (reply?.ok) return location.reload();
    button.disabled = false;
    note.textContent = data.failed;
  };
}
