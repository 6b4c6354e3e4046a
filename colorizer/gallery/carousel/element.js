// An element of HTML with its properties and what stands in it: elements, or words, which are never taken for HTML.

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}
