import type { CreationOptional, InferAttributes, InferCreationAttributes } from 'sequelize'
import { Column, DataType, Model, Table } from 'sequelize-typescript'
import type { Role } from '../../users/rules.ts'

@Table({
  tableName: 'users',
  paranoid: true,
  underscored: true,
  createdAt: 'created_at',
  updatedAt: 'updated_at',
  deletedAt: 'deleted_at',
})
export class User extends Model<InferAttributes<User>, InferCreationAttributes<User>> {
  @Column({ type: DataType.BIGINT, primaryKey: true, autoIncrement: true })
  declare id: CreationOptional<string>

  @Column({ type: DataType.STRING(100), allowNull: false })
  declare username: string

  /** A bcrypt hash. */
  @Column({ type: DataType.TEXT, allowNull: false })
  declare password: string

  @Column({ type: DataType.STRING(255), allowNull: false })
  declare full_name: string

  @Column({ type: DataType.TEXT, allowNull: false, defaultValue: 'user' })
  declare role: CreationOptional<Role>

  /** Access tokens that were signed before do not count; null when none is too old. */
  @Column({ type: DataType.DATE, allowNull: true })
  declare tokens_valid_from: CreationOptional<Date | null>

  declare created_at: CreationOptional<Date>
}
