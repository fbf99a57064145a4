"""How fast a recording comes in, against tus's own server in Node.js."""
