/** Where a page ends. `spanMs`, the time that the page covers, tells the next one how far it will have to look; 0: not to look near first. */
export type JobPlace = { readonly createdAt: Date; readonly id: string; readonly spanMs?: number | undefined };

/** Where a page by time ends. */
export type TimePlace = { readonly scheduledAt: Date; readonly id: string };
