/**
 * What a person can do at once about what they are told: a button of the page that the notice leads to, which has this name there. A link
 * to it opens that page with the button's question asked; opening it does nothing yet.
 */
export type ActionName =
  | 'retry'
  | 'retry-failed'
  | 'seed'
  | 'import'
  | 'resume'
  | 'refill'
  | (typeof alertActions)[number];

/** What can be done about any alert, on its own page. */
export const alertActions = ['acknowledge', 'snooze'] as const;

/** In one language. */
export type Labels = Readonly<Record<ActionName, string>>;

/** An action in words. */
export type Action = {
  readonly name: ActionName;
  readonly label: string;
  /** As a path of the console. */
  readonly link: string;
};

/** @param page what the notice leads to. @param labels in the language of the notice. */
export const actionsOn = (page: string, names: readonly ActionName[], labels: Labels): readonly Action[] =>
  names.map((name) => ({ name, label: labels[name], link: `${page}?do=${name}` }));
