// Word-level difference of two texts: [kind, text] with kind "same", "new" or "gone".

const LONGEST_TABLE = 4_000_000; // places of a table of common words; larger texts are shown as replaced

function words(text) {
  return text.match(/\s+|[^\s]+/g) || [];
}

function difference(before, after) {
  const old = words(before), now = words(after), parts = [];
  let start = 0, end = 0;
  while (start < old.length && start < now.length && old[start] === now[start]) start++;
  while (end < old.length - start && end < now.length - start && old[old.length - 1 - end] === now[now.length - 1 - end]) end++;
  const add = (kind, text) => {
    const last = parts[parts.length - 1];
    if (last && last[0] === kind) last[1] += text;
    else if (text) parts.push([kind, text]);
  };
  add("same", old.slice(0, start).join(""));
  between(old.slice(start, old.length - end), now.slice(start, now.length - end), add);
  add("same", old.slice(old.length - end).join(""));
  return parts;
}

function between(old, now, add) {
  const rows = old.length, columns = now.length;
  if (!rows || !columns || rows * columns > LONGEST_TABLE) {
    add("gone", old.join(""));
    add("new", now.join(""));
    return;
  }
  const width = columns + 1, common = new Uint16Array((rows + 1) * width); // lengths of common subsequences, from the end
  for (let i = rows - 1; i >= 0; i--)
    for (let j = columns - 1; j >= 0; j--)
      common[i * width + j] = old[i] === now[j]
        ? common[(i + 1) * width + j + 1] + 1
        : Math.max(common[(i + 1) * width + j], common[i * width + j + 1]);
  let i = 0, j = 0;
  while (i < rows && j < columns) {
    if (old[i] === now[j]) { add("same", old[i]); i++; j++; }
    else if (common[(i + 1) * width + j] >= common[i * width + j + 1]) add("gone", old[i++]);
    else add("new", now[j++]);
  }
  add("gone", old.slice(i).join(""));
  add("new", now.slice(j).join(""));
}
