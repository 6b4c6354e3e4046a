// The carousel inside the app. Streamlit calls this again whenever the page runs; the show goes on undisturbed.

function withAddresses({ id, prefix, query, photos }) {
  const page = location.pathname.replace(/[^/]*$/, "");
  const address = (key, kind) => `${page}${prefix}/${encodeURIComponent(id)}/${key}/${kind}.jpg${query}`;
  return photos.map(({ key, ...photo }) => ({
    ...photo,
    ...Object.fromEntries(["before", "after", "thumb"].map((kind) => [kind, address(key, kind)])),
  }));
}

// The photograph that was shown last in this tab, for the way back from another page. Storage may be forbidden.
function recall(data) {
  try {
    const key = sessionStorage.getItem(`huestory-gallery-${data.id}`);
    return Math.max(0, data.photos.findIndex((photo) => photo.key === key));
  } catch {
    return 0;
  }
}

function remember(data, index) {
  try {
    sessionStorage.setItem(`huestory-gallery-${data.id}`, data.photos[index].key);
  } catch {
    // then the way back leads to the first one
  }
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".carousel");
  const content = JSON.stringify(data);
  if (root.content === content && root.show?.stopped !== true) return;
  root.show?.stop();
  root.content = content;
  const start = data.kiosk ? 0 : recall(data);
  root.show = new Carousel(root, {
    ...data,
    photos: withAddresses(data),
    start,
    onShow: (index) => remember(data, index),
  });
  // What is under a kiosk is out of sight, and out of reach of the keyboard.
  for (const part of document.querySelectorAll("[data-testid=stHeader], [data-testid=stSidebar]"))
    part.inert = data.kiosk;
}
