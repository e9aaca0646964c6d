/** The bus could not take an event. What was given to `publish` is stored by its owner: publish it again later. */
export class EventsUnavailable extends Error {
  override readonly name = 'EventsUnavailable';
  readonly code = 'events-unavailable';
}
