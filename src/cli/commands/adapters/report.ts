import { writeFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { adaptersReport, adaptersReportLines, adaptersReportPage } from '../../../jobs/adapters-report.js'
import { chartLibraries } from '../../../jobs/report-page.js'
import { type CommonOptions, command, withStore } from '../../command.js'

interface ReportOptions extends CommonOptions {
  readonly page?: string
}

export function reportCommand(): Command {
  return command('report', 'Say how the adapters of everybody fare: gates, gain by lessons and by history, who benefits.')
    .option('--page <file>', 'also write it as a page with plots (HTML)')
    .action(({ page, ...options }: ReportOptions) =>
      withStore(options, async (store, terminal) => {
        const { adapters } = store
        const report = adaptersReport(await adapters.stats(), await adapters.due.counts())
        for (const line of adaptersReportLines(report)) terminal.line(line)
        terminal.result(report)
        if (page === undefined) return
        await writeFile(page, adaptersReportPage(report, await chartLibraries()))
        terminal.note(`Written: ${page}`)
      }),
    )
}
