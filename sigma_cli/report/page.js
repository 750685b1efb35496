// Lets the pointer read a chart. The page says everything without it.
for (const stack of document.querySelectorAll("[data-hover]")) {
  const readings = JSON.parse(stack.dataset.hover);
  const plot = stack.querySelector(".plot");
  const output = stack.closest("figure").querySelector("output");
  const cursor = document.createElement("i");
  cursor.className = "cursor";
  cursor.hidden = true;
  stack.append(cursor);
  stack.addEventListener("pointermove", (event) => {
    const box = plot.getBoundingClientRect();
    const share = (event.clientX - box.left) / box.width;
    const nearest = readings.reduce((best, reading) =>
      Math.abs(reading[0] - share) < Math.abs(best[0] - share) ? reading : best);
    cursor.style.left = `${nearest[0] * box.width}px`;
    cursor.hidden = false;
    output.textContent = nearest[1];
  });
  stack.addEventListener("pointerleave", () => {
    cursor.hidden = true;
    output.textContent = "";
  });
}
