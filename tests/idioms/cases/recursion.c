// edge: even -> odd call exact
// edge: odd -> even call exact
// edge: self -> self call exact
int odd (int n);
int even (int n) { return n ? odd (n - 1) : 1; }
int odd (int n) { return n ? even (n - 1) : 0; }
int self (int n) { return n ? self (n - 1) : 0; }
