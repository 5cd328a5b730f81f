document.addEventListener("click", (event) => {
  if (event.target.matches(".content td img")) window.open(event.target.src);
});
