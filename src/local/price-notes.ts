import type { Model } from '../agent/model.ts';

/** What is to be known of what the models cost. `isLimited`: a person has set a limit of money. */
export function priceNotes(models: readonly Model[], isLimited: boolean): string[] {
  return models.flatMap(({ id, price, assumedPrice }) => {
    if (price !== null) return [];
    if (assumedPrice !== undefined)
      return [`the price of ${id} is not known: limits count it as the dearest model (models: price)`];
    return isLimited
      ? [`the price of ${id} is not known: no limit of money holds for it (models: price)`]
      : [];
  });
}
