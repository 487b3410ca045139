import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

export default defineConfig({
  plugins: [react()],
  // In development the pages come from vite and everything else from a running server.
  server: {
    proxy: {
      ...Object.fromEntries(
        ['/alerts', '/auth', '/dashboard/', '/health', '/log'].map((path) => [path, 'http://localhost:8000']),
      ),
      '/ws': { target: 'ws://localhost:8000', ws: true },
    },
  },
})
