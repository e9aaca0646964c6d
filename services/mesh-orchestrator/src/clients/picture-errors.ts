/** There is no such picture, or it is not to be had; asking again changes nothing. */
export class PictureRefused extends Error {
  override readonly name = 'PictureRefused';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** Whoever keeps the picture does not answer now. */
export class PictureUnavailable extends Error {
  override readonly name = 'PictureUnavailable';
}
