ALTER TABLE `User` DROP COLUMN `nothing`;
