import { png, turnedJpegHead, webpHead } from '../pictures-for-tests.ts';
import { pictureOf } from './picture.ts';

test.each([
  ['a PNG', png(7, 5), { mediaType: 'image/png', extension: 'png', width: 7, height: 5 }],
  ['a WebP', webpHead(300, 200), { mediaType: 'image/webp', extension: 'webp', width: 300, height: 200 }],
  [
    'a JPEG on its side, upright',
    turnedJpegHead(40, 30),
    { mediaType: 'image/jpeg', extension: 'jpg', width: 30, height: 40 },
  ],
])('%s is known by its bytes, with its size as it is shown', (_what, head, expected) => {
  expect(pictureOf(head)).toEqual(expected);
});

test.each([
  ['nothing', Buffer.alloc(0)],
  ['text', Buffer.from('a picture, honestly')],
  ['a GIF', Buffer.from('GIF89a\x07\x00\x05\x00', 'latin1')],
  ['an SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="7" height="5"/>')],
  ['the first bytes of a PNG alone', png(7, 5).subarray(0, 12)],
  ['a JPEG without a frame', turnedJpegHead(40, 30).subarray(0, 30)],
  ['a PNG of no width', png(0, 5)],
])('%s is no picture', (_what, head) => {
  expect(pictureOf(head)).toBeUndefined();
});
