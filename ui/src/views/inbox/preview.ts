//! Which attachments are shown small. Only a wish: the core looks at the bytes themselves, and answers
//! neither an image that is too large to be drawn nor a text that is none.

import type { Attachment } from "../../rpc/generated";

const IMAGES = new Set(["image/png", "image/jpeg", "image/gif", "image/webp"]);
/** The core draws no larger image. */
const LARGEST_IMAGE = 20 * 1024 * 1024;
const TEXTS = /\.(txt|log|md|csv|json|jsonl|xml|ya?ml|ini|conf|toml|diff|patch|out|err)$/i;

export function previewOf(file: Attachment): "image" | "text" | undefined {
  if (IMAGES.has(file.media)) return file.size <= LARGEST_IMAGE ? "image" : undefined;
  if (file.media.startsWith("text/") || TEXTS.test(file.name)) return "text";
  return undefined;
}
