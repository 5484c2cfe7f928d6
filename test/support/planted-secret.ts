/** An AWS access key id of the published form that belongs to nobody. In pieces, so that no scanner finds it here. */
export const PLANTED_SECRET = ['AK', 'IA', 'Z7QK4N2M', 'XW5T3RPL'].join('');
