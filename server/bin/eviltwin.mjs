#!/usr/bin/env node
import { existsSync } from 'node:fs'
import { main } from '../dist/cli/main.js'

// What is set in the environment already wins over the file.
if (existsSync('.env')) process.loadEnvFile('.env')
// A command may have set another code where it cannot return one.
process.exitCode = (await main(process.argv)) || process.exitCode
