import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'

export default defineConfig({
  plugins: [react(), tailwindcss(), compressed()],
  // Assets are files: the policy of the pages allows no data in style sheets.
  build: { assetsInlineLimit: 0, rolldownOptions: { checks: { pluginTimings: false } } },
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
          '/recordings',
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

const TEXT = /\.(?:js|css)$/

/** Puts a brotli and a gzip file beside each text asset as it was written, so that the server compresses nothing twice. */
function compressed(): Plugin {
  return {
    name: 'compressed',
    apply: 'build',
    writeBundle({ dir = '' }, bundle) {
      for (const name of Object.keys(bundle).filter((file) => TEXT.test(file))) {
        const content = readFileSync(join(dir, name))
        writeFileSync(join(dir, `${name}.br`), brotliCompressSync(content))
        writeFileSync(join(dir, `${name}.gz`), gzipSync(content))
      }
    },
  }
}
