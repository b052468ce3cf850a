import { defineTemplate } from './define-template.ts'

/**
 * The layout is `Role: content` for each message, with an empty line between messages and no line end at the end:
 *
 *     System: Be brief.
 *
 *     User: How many are left?
 *
 *     Assistant: Three.
 *
 * The role's first letter is in upper case; the content is not changed.
 */
export const plain = defineTemplate({
  name: 'plain',
  summary: 'Each message as "Role: content", an empty line between messages.',
  revision: 2,
  render: (messages) => ({
    text: messages
      .map(({ role, content }) => `${role.charAt(0).toUpperCase()}${role.slice(1)}: ${content}`)
      .join('\n\n'),
  }),
})
