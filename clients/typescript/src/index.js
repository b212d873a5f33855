export { PosternClient } from "./client.js";
export * from "./errors.js";
export { FileStore } from "./file-store.js";
export { MemoryStore, storedSession } from "./session-store.js";
