// What can be known of a picture before it is sent: its type, size and shape; large ones are made smaller here.

import { config, text } from "./config.js";

const { maxBytes, minSide, maxSide, maxRatio } = config.limits;

export class PictureFault extends Error {
  constructor(code, values) {
    super(text(`fault_${code}`, values));
    this.code = code;
    this.advice = text(`advice_${code}`);
  }
}

const SIGNATURES = [
  ["image/jpeg", (bytes) => bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff],
  ["image/png", (bytes) => bytes[0] === 0x89 && bytes[1] === 0x50 && bytes[2] === 0x4e && bytes[3] === 0x47],
  ["image/webp", (bytes) => ascii(bytes, 0) === "RIFF" && ascii(bytes, 8) === "WEBP"],
  ["image/heic", (bytes) => ascii(bytes, 4) === "ftyp" && /^(hei[cxms]|hev[cx]|mif1|msf1)$/.test(ascii(bytes, 8))],
];
const ascii = (bytes, at) => String.fromCharCode(...bytes.subarray(at, at + 4));

async function typeOf(file) {
  const bytes = new Uint8Array(await file.slice(0, 16).arrayBuffer());
  return SIGNATURES.find(([, fits]) => fits(bytes))?.[0];
}

async function decode(file, type) {
  try {
    return await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    if (type === "image/heic") return null; // most browsers cannot show it; the server can
    throw new PictureFault("broken");
  }
}

async function shrink(bitmap, factor) {
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(bitmap.width * factor);
  canvas.height = Math.round(bitmap.height * factor);
  const pen = canvas.getContext("2d");
  pen.imageSmoothingQuality = "high";
  pen.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => { canvas.toBlob(resolve, "image/jpeg", 0.92); });
}

/** Check a chosen file. Resolves to {blob, name, preview}; preview is null where the browser cannot show the type. */
export async function prepare(file) {
  if (file.size === 0) throw new PictureFault("empty");
  const type = await typeOf(file);
  if (!type) throw new PictureFault("type");
  const bitmap = await decode(file, type);
  const name = file.name || "photo.jpg";
  if (!bitmap) {
    if (file.size > maxBytes) throw new PictureFault("size", { limit: Math.floor(maxBytes / 1048576) });
    return { blob: file, name, preview: null };
  }
  try {
    const [short, long] = [Math.min(bitmap.width, bitmap.height), Math.max(bitmap.width, bitmap.height)];
    if (short < minSide) throw new PictureFault("small", { limit: minSide, width: bitmap.width, height: bitmap.height });
    if (long / short > maxRatio) throw new PictureFault("shape");
    const blob = long > maxSide || file.size > maxBytes ? await shrink(bitmap, Math.min(1, maxSide / long)) : file;
    if (blob.size > maxBytes) throw new PictureFault("size", { limit: Math.floor(maxBytes / 1048576) });
    return { blob, name: blob === file ? name : name.replace(/\.\w+$/, "") + ".jpg", preview: URL.createObjectURL(blob) };
  } finally {
    bitmap.close();
  }
}
