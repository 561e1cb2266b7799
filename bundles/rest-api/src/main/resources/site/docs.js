'use strict';

// Reads the part of YAML that openapi.yaml is written in: block maps and lists, flow maps and lists on one line, quoted or plain
// scalars, and literal blocks.
function parseYaml(text) {
  const lines = text.split('\n');
  let at = 0;
  const indentOf = line => line.length - line.trimStart().length;
  const skipBlank = () => { while (at < lines.length && lines[at].trim() === '') at++; };

  function block(indent) {
    skipBlank();
    return lines[at].trimStart().startsWith('- ') ? list(indent) : map(indent);
  }

  function list(indent) {
    const items = [];
    for (skipBlank(); at < lines.length && indentOf(lines[at]) === indent && lines[at].trimStart().startsWith('- '); skipBlank()) {
      const rest = lines[at].trimStart().slice(2);
      if (/^[\w$"'-]+:(\s|$)/.test(rest)) {
        lines[at] = ' '.repeat(indent + 2) + rest;
        items.push(map(indent + 2));
      } else {
        at++;
        items.push(flow(rest));
      }
    }
    return items;
  }

  function map(indent) {
    const result = {};
    for (skipBlank(); at < lines.length && indentOf(lines[at]) === indent; skipBlank()) {
      const match = /^\s*("[^"]*"|[^:]+?):(?:\s+(.*))?$/.exec(lines[at]);
      const key = match[1].replace(/^"|"$/g, '');
      const rest = (match[2] || '').trim();
      at++;
      if (rest === '|') {
        result[key] = literal(indent);
      } else if (rest !== '') {
        result[key] = flow(rest);
      } else {
        skipBlank();
        result[key] = at < lines.length && indentOf(lines[at]) > indent ? block(indentOf(lines[at])) : null;
      }
    }
    return result;
  }

  function literal(indent) {
    const kept = [];
    while (at < lines.length && (lines[at].trim() === '' || indentOf(lines[at]) > indent)) kept.push(lines[at++].trim());
    return kept.join('\n').trim();
  }

  function flow(source) {
    let p = 0;
    const space = () => { while (source[p] === ' ') p++; };
    function value(stops) {
      space();
      if (source[p] === '{') return braces();
      if (source[p] === '[') return brackets();
      if (source[p] === '"') { const end = source.indexOf('"', p + 1); const s = source.slice(p + 1, end); p = end + 1; return s; }
      const from = p;
      while (p < source.length && !stops.includes(source[p])) p++;
      const word = source.slice(from, p).trim();
      return word === 'true' ? true : word === 'false' ? false : /^-?\d+$/.test(word) ? Number(word) : word;
    }
    function braces() {
      const result = {};
      for (p++, space(); source[p] !== '}'; space()) {
        const key = value(':');
        p++;
        result[key] = value(',}');
        space();
        if (source[p] === ',') p++;
      }
      p++;
      return result;
    }
    function brackets() {
      const result = [];
      for (p++, space(); source[p] !== ']'; space()) {
        result.push(value(',]'));
        space();
        if (source[p] === ',') p++;
      }
      p++;
      return result;
    }
    return value('');
  }

  return block(0);
}

function element(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) made.setAttribute(name, value);
  made.append(...children.flat().filter(child => child !== undefined && child !== null));
  return made;
}

function render(api) {
  const resolve = node => node && node.$ref ? node.$ref.slice(2).split('/').reduce((from, key) => from[key], api) : node;
  const typeName = schema => {
    if (!schema) return '';
    if (schema.$ref) return schema.$ref.split('/').pop();
    if (schema.type === 'array') return typeName(schema.items) + '[]';
    if (schema.enum) return schema.enum.join(' | ');
    return schema.type + (schema.format ? ' (' + schema.format + ')' : '') + (schema.default !== undefined ? ' = ' + schema.default : '');
  };
  const typeLink = schema => {
    const name = typeName(schema);
    const plain = name.replace('[]', '');
    return api.components.schemas[plain] ? element('a', { href: '#' + plain }, element('code', {}, name)) : element('code', {}, name);
  };
  const table = (head, rows) => element('table', {},
    element('thead', {}, element('tr', {}, head.map(h => element('th', { scope: 'col' }, h)))),
    element('tbody', {}, rows.map(row => element('tr', {}, row.map(cell => element('td', {}, cell || ''))))));
  const schemaOf = body => body && body.content && Object.values(body.content)[0].schema;

  function operation(path, method, op) {
    const parameters = (op.parameters || []).map(resolve);
    const body = schemaOf(op.requestBody);
    return element('details', { id: method + path },
      element('summary', {}, element('span', { class: 'method' }, method.toUpperCase()), element('code', {}, path), ' ',
        element('span', { class: 'soft' }, op.summary)),
      element('div', {},
        op.description && element('pre', {}, op.description),
        element('p', {}, 'Credentials: ',
          (op.security || api.security).map(s => Object.keys(s)[0]).join(' or ') || 'none'),
        parameters.length ? table(['Parameter', 'In', 'Type', 'Meaning'], parameters.map(p =>
          [element('code', {}, p.name), p.in + (p.required ? ', required' : ''), typeLink(p.schema), p.description])) : null,
        body && element('p', {}, 'Body: ', typeLink(body)),
        table(['Status', 'Body', 'Meaning'], Object.entries(op.responses).map(([status, r]) =>
          [status, schemaOf(resolve(r)) ? typeLink(schemaOf(resolve(r))) : '', resolve(r).description]))));
  }

  const operations = Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, op]) => ({ path, method, op })));
  const tags = [...new Set(operations.map(o => o.op.tags[0]))];
  const page = document.getElementById('page');
  page.replaceChildren(
    element('h1', {}, api.info.title),
    element('pre', {}, api.info.description),
    element('p', {}, element('a', { href: '/openapi.yaml' }, 'openapi.yaml')),
    ...tags.flatMap(tag => [element('h2', {}, tag),
      ...operations.filter(o => o.op.tags[0] === tag).map(o => operation(o.path, o.method, o.op))]),
    element('h2', {}, 'types'),
    ...Object.entries(api.components.schemas).map(([name, schema]) =>
      element('details', { id: name, open: '' }, element('summary', {}, element('code', {}, name)), element('div', {},
        table(['Field', 'Type', 'Meaning'], Object.entries(schema.properties || {}).map(([field, s]) =>
          [element('code', {}, field + ((schema.required || []).includes(field) ? '' : '?')), typeLink(s), s.description]))))));
}

fetch('/openapi.yaml')
  .then(answer => answer.ok ? answer.text() : Promise.reject(new Error('status ' + answer.status)))
  .then(text => render(parseYaml(text)))
  .catch(error => { document.getElementById('page').textContent = 'The API description could not be shown: ' + error.message; });
