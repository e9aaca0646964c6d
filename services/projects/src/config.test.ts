import { readConfig } from './config.ts';

test.each(['file:///var/pictures', 'file:/var/pictures', 's3://pictures/of/projects'])(
  'pictures are kept at %s',
  (url) => {
    expect(readConfig({ ARTIFACTS_URL: url }).ARTIFACTS_URL).toBe(url);
  },
);

test.each(['pictures', 'http://pictures', 'file:', 's3://'])('pictures are not kept at %s', (url) => {
  expect(() => readConfig({ ARTIFACTS_URL: url })).toThrow('ARTIFACTS_URL: must begin with file:/ or s3://');
});
