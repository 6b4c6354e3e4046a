// An exported page: the photographs stand in it as a list, which this turns into a carousel.

const list = document.querySelector("#photographs");

function read(item) {
  const words = (name) => item.querySelector(name)?.textContent ?? "";
  const after = item.querySelector(".after");
  return {
    before: item.querySelector(".before").src,
    after: after.src,
    thumb: item.dataset.thumb,
    width: Number(after.getAttribute("width")),
    height: Number(after.getAttribute("height")),
    title: words("h2"),
    url: item.querySelector("a")?.href ?? "",
    ...Object.fromEntries(
      ["year", "photographer", "credit", "licence", "text"].map((name) => [name, words(`.${name}`)]),
    ),
  };
}

if (list.children.length) {
  document.querySelector("#show").hidden = false;
  new Carousel(document.querySelector(".carousel"), {
    photos: [...list.children].map(read),
    title: document.title,
    label: list.querySelector(".after + figcaption").textContent,
    kiosk: false,
  });
  list.remove();
}
