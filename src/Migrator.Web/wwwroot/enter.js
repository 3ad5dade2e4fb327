// The one-time code stands behind the # of the link, where no server and no log sees it. Put it into the form, take it out of the
// address and the history, and send the form.
const code = location.hash.slice(1);
const field = document.getElementById("Code");
if (code && field) {
  history.replaceState(null, "", location.pathname);
  field.value = code;
  field.form.requestSubmit();
}
