/** How many days the budget view goes back as long as nobody says otherwise: what a month has cost. */
export const DEFAULT_DAYS = 30;
