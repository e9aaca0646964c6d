import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// biome-ignore lint/style/noDefaultExport: vite finds its configuration by the default export
export default defineConfig({
  plugins: [react()],
  build: { target: 'es2023', assetsDir: 'assets', emptyOutDir: true, modulePreload: { polyfill: false } },
});
