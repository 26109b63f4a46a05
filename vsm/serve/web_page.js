// Keys go where they are of use without a click: to the board, and to the link once it is closed.
// textual.js says with classes of the body how far it is.
const focus = () => {
  const is_closed = document.body.classList.contains("-closed");
  document.querySelector(is_closed ? ".end a" : ".xterm-helper-textarea")?.focus();
};
new MutationObserver(focus).observe(document.body, { attributeFilter: ["class"] });
