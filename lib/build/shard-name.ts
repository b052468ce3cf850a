/** `00003`: a shard's name in every format's folder. */
export function shardName(number: number): string {
  return String(number).padStart(5, '0')
}
