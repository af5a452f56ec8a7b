"use strict";
// The page is whole without this script. It adds exact values under the pointer and buttons that copy commands.
(() => {
  const tip = document.getElementById("tip");

  const show = (event, build) => {
    tip.replaceChildren();
    build(tip);
    tip.hidden = false;
    const box = tip.getBoundingClientRect();
    const x = Math.max(8, Math.min(event.clientX + 16, innerWidth - box.width - 8));
    const below = event.clientY + 18;
    const y = below + box.height > innerHeight - 8 ? Math.max(8, event.clientY - box.height - 14) : below;
    tip.style.left = `${x}px`;
    tip.style.top = `${y}px`;
  };
  const hide = () => { tip.hidden = true; };
  const add = (parent, name, text, className) => {
    const element = parent.appendChild(document.createElement(name));
    element.textContent = text;
    if (className) element.className = className;
    return element;
  };

  for (const chart of document.querySelectorAll("svg[data-hover]")) {
    const data = JSON.parse(chart.dataset.hover);
    const layer = chart.querySelector("g.hover");
    if (data.x.length === 0) continue;
    let at = data.x.length - 1;
    const mark = (name, attributes) => {
      const element = layer.appendChild(document.createElementNS(chart.namespaceURI, name));
      for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    };
    const point = (index, event) => {
      at = index;
      const x = data.x[at];
      layer.replaceChildren();
      mark("path", { class: "cross", d: `M${x} ${data.top}V${data.bottom}` });
      const rows = data.series
        .map(series => ({ name: series.name, color: series.color, y: series.y[at], text: series.text[at] }))
        .filter(row => row.y !== null);
      for (const row of rows) mark("circle", { class: `s${row.color}`, cx: x, cy: row.y, r: 3.5 });
      rows.sort((a, b) => a.y - b.y);
      show(event, box => {
        add(box, "b", data.text[at]);
        const table = box.appendChild(document.createElement("table"));
        for (const row of rows) {
          const line = table.insertRow();
          add(line, "th", row.name, `s${row.color}`);
          add(line, "td", row.text);
        }
      });
    };
    const leave = () => { layer.replaceChildren(); hide(); };
    chart.addEventListener("pointermove", event => {
      const box = chart.getBoundingClientRect();
      const x = (event.clientX - box.left) * chart.viewBox.baseVal.width / box.width;
      let nearest = 0;
      for (let i = 1; i < data.x.length; i++)
        if (Math.abs(data.x[i] - x) < Math.abs(data.x[nearest] - x)) nearest = i;
      point(nearest, event);
    });
    chart.addEventListener("pointerleave", leave);
    chart.addEventListener("blur", leave);
    chart.addEventListener("keydown", event => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const next = Math.max(0, Math.min(data.x.length - 1, at + step));
      const box = chart.getBoundingClientRect();
      point(next, { clientX: box.left + data.x[next] * box.width / chart.viewBox.baseVal.width, clientY: box.top + box.height / 3 });
    });
  }

  // Cells carry their values as titles, which browsers show late and small: the tip takes their place.
  for (const cells of document.querySelectorAll("g.cells")) {
    for (const title of cells.querySelectorAll("title")) {
      title.parentNode.dataset.text = title.textContent;
      title.remove();
    }
    cells.addEventListener("pointermove", event => {
      const text = event.target.dataset.text;
      if (!text) return;
      const lines = text.split("\n");
      show(event, box => {
        add(box, "b", lines[0]);
        for (const line of lines.slice(1)) add(box, "div", line);
      });
    });
    cells.addEventListener("pointerleave", hide);
  }

  for (const button of document.querySelectorAll("button.copy")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const code = button.parentNode.querySelector("code");
      let done = false;
      try {
        await navigator.clipboard.writeText(code.textContent);
        done = true;
      } catch {
        const range = document.createRange();
        range.selectNodeContents(code);
        const selection = getSelection();
        selection.removeAllRanges();
        selection.addRange(range);
        done = document.execCommand("copy");
      }
      button.textContent = done ? "Copied" : "Selected";
      setTimeout(() => { button.textContent = "Copy"; }, 1600);
    });
  }
})();
