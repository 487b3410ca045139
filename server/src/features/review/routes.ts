import { HealthReview, ReviewQuery } from '@eviltwin/contract'
import type { App } from '../../platform/http/types.js'
import { reviewMarkdown } from './markdown.js'
import type { Reviewer } from './review.js'

export async function reviewRoutes(app: App, { review }: { review: Reviewer }): Promise<void> {
  app.get(
    '/ops/review',
    {
      config: { access: { role: 'viewer' } },
      schema: {
        summary: 'The weekly health review',
        description: '`format=markdown` answers text/markdown.',
        tags: ['observability'],
        querystring: ReviewQuery,
        response: { 200: HealthReview },
      },
    },
    async ({ query }, reply) => {
      const answer = await review(query.days)
      if (query.format === 'json') return answer
      return reply
        .type('text/markdown; charset=utf-8')
        .serializer(String)
        .send(reviewMarkdown(answer) as never)
    },
  )
}
