// A form that goes to the server by itself, so that its reply can set a cookie. It is a real form with real fields in
// the page: password managers and the keyboard's Enter know it.

const PATIENCE_MS = 60000;

function field(form, { name, label, hint, ...properties }) {
  const id = `${form.id}-${name}`;
  const input = element("input", { id, name, required: true, autocapitalize: "none", spellcheck: false, ...properties });
  if (properties.type === "checkbox") return element("label", { className: "tick" }, input, label);
  if (properties.hidden) return input; // tells a password manager whose password this is
  const box = element("div", { className: "field" }, element("label", { htmlFor: id, textContent: label }), input);
  if (hint) {
    box.append(element("p", { id: `${id}-hint`, className: "hint", textContent: hint }));
    input.setAttribute("aria-describedby", `${id}-hint`);
  }
  return box;
}

function shower(form) {
  const box = element("input", { type: "checkbox" });
  box.onchange = () => {
    for (const input of form.querySelectorAll("[data-secret]")) input.type = box.checked ? "text" : "password";
  };
  return element("label", { className: "tick" }, box, "Show what I type");
}

function build(data) {
  const form = element("form", { id: `account-${data.action}`, className: "account-form", method: "post" });
  form.append(...data.fields.map((each) => field(form, each)));
  for (const input of form.querySelectorAll("[type=password]")) input.dataset.secret = "";
  [...form.querySelectorAll("[data-secret]")].at(-1)?.parentElement.after(shower(form));
  const status = element("p", { className: "status" });
  status.setAttribute("role", "alert");
  form.append(status, element("button", { type: "submit", textContent: data.submit }));
  return form;
}

function values(form) {
  const inputs = [...form.elements].filter((input) => input.name);
  return Object.fromEntries(inputs.map((input) => [input.name, input.type === "checkbox" ? input.checked : input.value]));
}

async function post(action, body) {
  const page = location.pathname.replace(/[^/]*$/, "");
  const headers = { "Content-Type": "application/json" };
  const options = { method: "POST", headers, body: JSON.stringify(body), signal: timeLimit(PATIENCE_MS) };
  try {
    const reply = await fetch(`${page}account/${action}`, options);
    const answer = await reply.json();
    return reply.ok ? answer : { error: answer.error };
  } catch {
    return { error: "The server did not answer. Please check the connection and try again." };
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".account-form-place");
  let form = root.querySelector("form");
  if (form?.id !== `account-${data.action}`) {
    form = build(data);
    root.replaceChildren(form);
  }
  const button = form.querySelector("button");
  const status = form.querySelector(".status");

  form.onsubmit = async (event) => {
    event.preventDefault();
    if (button.getAttribute("aria-disabled") === "true") return;
    button.setAttribute("aria-disabled", "true"); // not `disabled`, which would drop the keyboard's place
    status.textContent = "";
    const answer = await post(data.action, values(form));
    button.setAttribute("aria-disabled", "false");
    if (answer.error !== undefined) {
      status.className = "status refused";
      status.textContent = answer.error;
      return;
    }
    if (data.leave) return location.assign(location.pathname); // nothing of the person stays in the page
    form.reset();
    status.className = "status";
    status.textContent = data.done;
    if (answer.ticket) setTriggerValue("ticket", answer.ticket);
  };
}
