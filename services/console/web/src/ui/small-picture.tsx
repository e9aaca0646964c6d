type SmallPictureProps = { readonly src: string | null | undefined; readonly of: string };

/** A picture in a row; its place stays free where there is none. */
export const SmallPicture = ({ src, of }: SmallPictureProps) =>
  src ? (
    <img className="entity-image" src={src} alt={`of ${of}`} width={36} height={36} loading="lazy" />
  ) : (
    <span className="entity-image" />
  );
