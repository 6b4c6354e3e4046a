// The carousel inside the app. Streamlit calls this again whenever the page runs; the show goes on undisturbed.

function withAddresses({ id, prefix, query, photos }) {
  const page = location.pathname.replace(/[^/]*$/, "");
  const address = (key, kind) => `${page}${prefix}/${encodeURIComponent(id)}/${key}/${kind}.jpg${query}`;
  return photos.map(({ key, ...photo }) => ({
    ...photo,
    ...Object.fromEntries(["before", "after", "thumb"].map((kind) => [kind, address(key, kind)])),
  }));
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".carousel");
  const content = JSON.stringify(data);
  if (root.content === content && root.show?.stopped !== true) return;
  root.show?.stop();
  root.content = content;
  root.show = new Carousel(root, { ...data, photos: withAddresses(data) });
  // What is under a kiosk is out of sight, and out of reach of the keyboard.
  for (const part of document.querySelectorAll("[data-testid=stHeader], [data-testid=stSidebar]"))
    part.inert = data.kiosk;
}
