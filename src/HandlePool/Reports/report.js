'use strict';

// Sorts and filters tables, and copies the text for a ticket. The page is complete without this script, which adds its own controls. It contains no characters that
// are special in XML, so that the page can be parsed as XML.
(() => {
  const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

  const toNumber = (text) => {
    const found = /[\u2212-]?\d[\d,]*(\.\d+)?/.exec(text);
    return found ? Number(found[0].replace('\u2212', '-').replaceAll(',', '')) : null;
  };

  const compare = (a, b, direction) => {
    // Empty cells come last in both directions.
    if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
    return direction * (typeof a === 'number' ? a - b : collator.compare(a, b));
  };

  const sort = (table, headers, header) => {
    const column = headers.indexOf(header);
    const isNumber = header.classList.contains('n');
    const now = header.getAttribute('aria-sort');
    const isDescending = now ? now === 'ascending' : isNumber;
    const toKey = isNumber ? toNumber : (text) => text.trim() || null;
    const keyed = Array.from(table.tBodies[0].rows, (row) => [toKey(row.cells[column].textContent), row]);
    keyed.sort((a, b) => compare(a[0], b[0], isDescending ? -1 : 1));
    const sorted = document.createDocumentFragment();
    keyed.forEach(([, row]) => sorted.append(row));
    table.tBodies[0].append(sorted);
    headers.forEach((other) => other.removeAttribute('aria-sort'));
    header.setAttribute('aria-sort', isDescending ? 'descending' : 'ascending');
  };

  const addSorting = (table) => {
    const headers = Array.from(table.tHead.rows[0].cells);
    headers.forEach((header) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.append(...header.childNodes);
      button.addEventListener('click', () => sort(table, headers, header));
      header.append(button);
    });
  };

  const addFilter = (table) => {
    const label = document.createElement('label');
    const input = document.createElement('input');
    const status = document.createElement('span');
    const bar = document.createElement('p');
    input.type = 'search';
    input.setAttribute('aria-describedby', table.caption.id);
    status.setAttribute('role', 'status');
    label.append('Filter ', input);
    bar.className = 'filter';
    bar.append(label, ' ', status);
    table.parentElement.before(bar);

    let texts = null;
    input.addEventListener('input', () => {
      texts ??= Array.from(table.tBodies[0].rows, (row) => [row.textContent.toLowerCase(), row]);
      const words = input.value.toLowerCase().split(/\s+/);
      let shown = 0;
      texts.forEach(([text, row]) => {
        row.hidden = !words.every((word) => text.includes(word));
        shown += row.hidden ? 0 : 1;
      });
      status.textContent = input.value ? `${shown.toLocaleString('en')} of ${texts.length.toLocaleString('en')} rows` : '';
    });
  };

  const addCopying = (text) => {
    const button = document.createElement('button');
    const status = document.createElement('span');
    const bar = document.createElement('p');
    button.type = 'button';
    button.textContent = 'Copy';
    status.setAttribute('role', 'status');
    button.addEventListener('click', () => {
      // What the clipboard refuses is at least selected.
      getSelection().selectAllChildren(text);
      const done = navigator.clipboard ? navigator.clipboard.writeText(text.textContent) : Promise.reject();
      done.then(() => 'Copied.', () => 'Selected: copy it with the keyboard.').then((outcome) => { status.textContent = outcome; });
    });
    bar.append(button, ' ', status);
    text.before(bar);
  };

  document.querySelectorAll('.copyable pre').forEach(addCopying);
  document.querySelectorAll('table.sortable').forEach((table) => {
    const rows = table.tBodies[0].rows.length;
    if (rows > 1) addSorting(table);
    if (rows > 10) addFilter(table);
  });
})();
