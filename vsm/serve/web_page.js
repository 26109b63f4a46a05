// The terminal is there once the page is loaded; keys go to it without a click.
const type = () => document.querySelector(".xterm-helper-textarea")?.focus();
window.addEventListener("load", type);
window.addEventListener("focus", type);
