"""What the API promises, in one place: tables of operations, and the document made of them."""
