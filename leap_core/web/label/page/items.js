// Addresses of frames to be labeled.

export const itemPath = (key) => `/api/items/${encodeURIComponent(key)}`;
