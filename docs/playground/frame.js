// An empty frame, without any of the playground's rights, that becomes the page it is sent.
addEventListener("message", ({ data, source }) => {
  if (source !== parent || typeof data !== "string") return;
  document.open();
  document.write(data);
  document.close();
});
parent.postMessage("empty", "*");
