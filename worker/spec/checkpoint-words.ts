/** "Checkpoint" as the first word, bold or not, also behind a sign such as ✅ and as it is called where Kiro speaks Chinese. */
export function isCheckpoint(text: string): boolean {
  return /^[^\p{L}\p{N}[\]|#<]{0,8}(?:checkpoint(?![\p{L}\p{N}])|检查点|檢查點|チェックポイント|체크포인트)/iu.test(
    text,
  );
}
