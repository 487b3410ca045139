import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

export default defineConfig({
  plugins: [react(), tailwindcss()],
  // Assets are files: the policy of the pages allows no data in style sheets.
  build: { assetsInlineLimit: 0 },
  // In development the pages come from vite and everything else from a running server.
  server: {
    proxy: {
      ...Object.fromEntries(
        [
          '/ai',
          '/alerts',
          '/api-keys',
          '/attackers',
          '/auth',
          '/canary',
          '/channels',
          '/dashboard/(stats|timeline|top-attackers|attack-matrix|countries)',
          '/health',
          '/log',
          '/ops',
          '/quarantine',
          '/retention',
          '/scoring',
          '/sensors',
          '/sessions',
          '/slos',
          '/users',
        ].map((path) => [`^${path}`, 'http://localhost:8000']),
      ),
      '/ws': { target: 'ws://localhost:8000', ws: true },
    },
  },
})
