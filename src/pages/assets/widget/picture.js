// A picture of the page's canvas, where the page allows it and the person wants it.

const PICTURE_SIDE_MAX = 1600;
// Characters: several have to fit into localStorage.
const PICTURE_LENGTH_MAX = 1_200_000;

// Gives a data address, or undefined where there is no such canvas or the page may not read it. What WebGL has drawn can
// be read only in the frame in which it was drawn.
function takePicture(selector) {
  const source = selector ? document.querySelector(selector) : undefined;
  if (!(source instanceof HTMLCanvasElement) || !source.width || !source.height) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    const isNever = setTimeout(() => resolve(drawn(source)), 500);
    requestAnimationFrame(() => {
      clearTimeout(isNever);
      resolve(drawn(source));
    });
  });
}

function drawn(source) {
  let scale = Math.min(1, PICTURE_SIDE_MAX / Math.max(source.width, source.height));
  try {
    for (;;) {
      const copy = document.createElement("canvas");
      copy.width = Math.max(1, Math.round(source.width * scale));
      copy.height = Math.max(1, Math.round(source.height * scale));
      copy.getContext("2d").drawImage(source, 0, 0, copy.width, copy.height);
      const text = copy.toDataURL("image/png");
      if (text.length <= PICTURE_LENGTH_MAX) return { text, canvas: copy };
      source = copy;
      scale = 0.7;
    }
  } catch {
    return undefined;
  }
}

// Not by fetch, which the page's policy may forbid for data addresses.
function blobOf(address) {
  const bytes = atob(address.slice(address.indexOf(",") + 1));
  return new Blob([Uint8Array.from(bytes, (letter) => letter.charCodeAt(0))], { type: "image/png" });
}
