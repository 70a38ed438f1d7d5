/** Files on their way: kept in IndexedDB until stored, photographs made small enough for a slow line. */

const STORE = "files";
const LONGEST_SIDE = 1600;
const WORTH_SHRINKING = 300 * 1024;
const memory = new Map<string, Blob>();

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open("wasl-chat", 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function inStore<T>(mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const database = await open();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(STORE, mode);
      const request = act(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

export async function keepFile(id: string, file: Blob): Promise<void> {
  memory.set(id, file);
  // Private windows have no store: the file then lives as long as the page.
  await inStore("readwrite", (store) => store.put(file, id)).catch(() => undefined);
}

export async function keptFile(id: string): Promise<Blob | null> {
  const known = memory.get(id);
  if (known) return known;
  return inStore<Blob | undefined>("readonly", (store) => store.get(id)).then(
    (file) => file || null,
    () => null,
  );
}

export async function dropFile(id: string): Promise<void> {
  memory.delete(id);
  await inStore("readwrite", (store) => store.delete(id)).catch(() => undefined);
}

/** A photograph of 4 MB takes minutes on a slow line; at 1600 pixels a meter is still readable. Also leaves out
 * where it was taken. Anything that cannot be drawn is sent as it is. */
export async function shrink(file: File): Promise<Blob> {
  if (!/^image\/(jpeg|png|webp|hei[cf])$/.test(file.type) || file.size < WORTH_SHRINKING) return file;
  const address = URL.createObjectURL(file);
  try {
    const image = new Image();
    await new Promise((resolve, reject) => {
      image.onload = resolve;
      image.onerror = reject;
      image.src = address;
    });
    const scale = Math.min(1, LONGEST_SIDE / Math.max(image.naturalWidth, image.naturalHeight));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(image.naturalWidth * scale);
    canvas.height = Math.round(image.naturalHeight * scale);
    const context = canvas.getContext("2d");
    if (!context) return file;
    context.fillStyle = "#fff";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    const small = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.8));
    return small && small.size < file.size ? small : file;
  } catch {
    return file;
  } finally {
    URL.revokeObjectURL(address);
  }
}
