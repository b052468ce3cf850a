import type { BuildEvent } from '../build/session.ts'
import { formatBytes, formatItems } from '../report/text.ts'

/** Milliseconds between two drawings of the bar, and between two lines where there is no terminal. */
const BAR_INTERVAL = 100
const LINE_INTERVAL = 10_000

export interface ProgressView {
  onEvent(event: BuildEvent): void
  /** Ends the current line. */
  done(): void
}

/**
 * Shows a build's progress on stderr: one bar a step, redrawn in place, on a terminal; elsewhere a line when a step ends
 * and one now and then.
 */
export function createProgress(stream: NodeJS.WriteStream): ProgressView {
  const live = stream.isTTY
  let step = ''
  let units = 0
  let finished = 0
  let reused = 0
  let bytes = 0
  let amount = { bytes: 0, documents: 0, tokens: 0 }
  let startedAt = 0
  let drawnAt = 0

  const summary = (): string => {
    const seconds = (performance.now() - startedAt) / 1000
    const parts = [
      `${finished}/${units} units`,
      ...(reused > 0 ? [`${reused} already complete`] : []),
      ...(amount.bytes > 0 ? [`${formatBytes(amount.bytes)} of ${formatBytes(bytes)}`] : []),
      ...(amount.documents > 0 ? [formatItems(amount.documents, 'document')] : []),
      ...(amount.tokens > 0 ? [formatItems(amount.tokens, 'token')] : []),
      `${seconds.toFixed(1)} s`,
    ]
    return parts.join(' · ')
  }
  const share = (): number => {
    if (bytes > 0 && finished < units) return Math.min(1, amount.bytes / bytes)
    return units === 0 ? 1 : finished / units
  }
  const draw = (): void => {
    const width = Math.max(20, (stream.columns || 80) - 1)
    const text = summary()
    // The bar takes what the figures leave.
    const length = Math.min(24, Math.max(4, width - 12 - text.length))
    const filled = Math.round(share() * length)
    const bar = `${'█'.repeat(filled)}${'░'.repeat(length - filled)}`
    stream.write(`\r\u001B[2K${`${step.padEnd(10)} ${bar} ${text}`.slice(0, width)}`)
  }
  const end = (): void => {
    if (step === '') return
    if (live) {
      draw()
      stream.write('\n')
    } else {
      stream.write(`${step.padEnd(10)} ${summary()}\n`)
    }
    step = ''
  }

  return {
    onEvent(event) {
      switch (event.kind) {
        case 'step':
          end()
          step = event.step
          units = event.units
          reused = event.reused
          bytes = event.bytes
          finished = event.reused
          amount = { bytes: 0, documents: 0, tokens: 0 }
          startedAt = performance.now()
          drawnAt = startedAt
          break
        case 'progress':
          amount.bytes += event.amount.bytes ?? 0
          amount.documents += event.amount.documents ?? 0
          amount.tokens += event.amount.tokens ?? 0
          break
        case 'unit':
          finished = event.done
          break
      }
      const now = performance.now()
      if (now - drawnAt < (live ? BAR_INTERVAL : LINE_INTERVAL)) return
      drawnAt = now
      if (live) draw()
      else stream.write(`${step.padEnd(10)} ${summary()}\n`)
    },
    done: end,
  }
}
