// Styles are bundled; a program has nothing of them.
declare module "*.css";
